// What go-client.subject and go-pages-client.subject of this folder start: net/http fetches pages in turn, and goes on to the next
// when one is complete. Its arguments are the URLs.
package main

import (
	"fmt"
	"io"
	"net/http"
	"os"
	"time"
)

func fetch(client *http.Client, url string) error {
	response, err := client.Get(url)
	if err != nil {
		return err
	}
	defer response.Body.Close()
	if response.StatusCode < 200 || response.StatusCode > 299 {
		return fmt.Errorf("%s", response.Status)
	}
	_, err = io.Copy(os.Stdout, response.Body)
	return err
}

func main() {
	client := http.Client{Timeout: 9 * time.Second}
	for _, url := range os.Args[1:] {
		if err := fetch(&client, url); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
	}
}
