"""What ci/matrix is made of: rows, the crowd that runs them, what is made of their results, the page of the twins."""
