"""Many runs at once, and not too many."""
import asyncio
from collections.abc import Coroutine


class Crowd:
    def __init__(self) -> None:
        self.tasks: set[asyncio.Task] = set()

    async def start(self, most: int, work: Coroutine) -> None:
        """Starts it when fewer than `most` are running. Raises what one of them has raised."""
        while len(self.tasks) >= most:
            await self._one_ends()
        self.tasks.add(asyncio.create_task(work))

    async def all_end(self) -> None:
        while self.tasks:
            await self._one_ends()

    async def _one_ends(self) -> None:
        done, self.tasks = await asyncio.wait(self.tasks, return_when=asyncio.FIRST_COMPLETED)
        for task in done:
            task.result()

    async def cancel(self) -> None:
        for task in self.tasks:
            task.cancel()
        await asyncio.gather(*self.tasks, return_exceptions=True)
