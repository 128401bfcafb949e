"""The engine for machines that share a folder: every process claims a picture by a lock before painting it.

A lock ends with its process, however that ends, and all processes read in the manifest what was painted. So they need
not know about each other, and any of them may join or leave.
"""

from __future__ import annotations

import contextlib
import hashlib
from collections import deque
from collections.abc import Callable, Iterator
from pathlib import Path
from types import TracebackType

import filelock

from neuralart.errors import JobsError
from neuralart.jobs.engine import Engine, Outcome, Task, Tasks
from neuralart.jobs.job import FAILED, Job
from neuralart.jobs.manifest import Manifest
from neuralart.jobs.plan import Files, Keys, is_there

# Another process has just removed the lock's folder: before the lock was made, or while filelock looked for the folder.
GONE = FileNotFoundError, FileExistsError


class Folder:
    """Wraps another engine and gives it only the tasks that this process has claimed.

    Write every outcome into the manifest before asking for the next one, which releases the claim.
    """

    def __init__(self, inner: Engine, manifest: Manifest) -> None:
        self.inner, self.manifest = inner, manifest
        self.claims = Path(f"{manifest.path}.claims")
        self._held: dict[int, filelock.BaseFileLock] = {}
        self._elsewhere: list[Outcome] = []
        self._failed: set[str] = set()
        self._keys, self._files = Keys(), Files()

    def __enter__(self) -> Folder:
        try:
            self.claims.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise JobsError(f"cannot make the folder '{self.claims}': {error.strerror or error}") from None
        self.inner.__enter__()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        try:
            self.inner.__exit__(kind, error, at)
        finally:
            for lock in self._held.values():
                lock.release()
            self._held.clear()
            with contextlib.suppress(OSError):  # other processes are still at work
                self.claims.rmdir()

    def run(self, tasks: Tasks, stops: Callable[[], bool]) -> Iterator[Outcome]:
        """Paint all tasks, see `neuralart.jobs.engine.Engine`."""
        for outcome in self.inner.run(self._claimed(tasks), stops):
            yield outcome
            self._give_back(outcome.job)
            yield from self._told()
        yield from self._told()

    def _claimed(self, tasks: Tasks) -> Iterator[Task | None]:
        """Yield the tasks that nobody else is painting; try the others again at the end, in case a process died."""
        waiting: deque[Task] = deque()
        for task in tasks:
            if task is None or self._claim(task.job):
                yield task
            elif not self._is_done(task.job):
                waiting.append(task)
        while waiting:
            for _ in range(len(waiting)):
                task = waiting.popleft()
                if self._claim(task.job):
                    yield task
                elif not self._is_done(task.job):
                    waiting.append(task)
            if waiting:
                yield None

    def _claim(self, job: Job) -> bool:
        """Claim a job if possible; return whether this process is to paint it."""
        if job.number in self._held:  # this is a retry
            return True
        lock = filelock.FileLock(self._place(job))
        try:
            lock.acquire(timeout=0)
        except (filelock.Timeout, *GONE):
            return False
        except (OSError, NotImplementedError) as error:
            reason = getattr(error, "strerror", None) or error
            raise JobsError(f"cannot lock files in '{self.claims}' ({reason}); use a folder that can") from None
        # Another process may have finished this job just now.
        for output in self.manifest.refresh():
            self._note(output)
        self._held[job.number] = lock
        if self._is_ended(job):
            self._give_back(job)
            return False
        return True

    def _give_back(self, job: Job) -> None:
        # Remove the file before releasing it: a process that opened it in between then checks the manifest.
        if lock := self._held.pop(job.number, None):
            with contextlib.suppress(OSError):
                self._place(job).unlink()
            lock.release()

    def _note(self, output: str) -> None:
        if self.manifest.entries[output].state == FAILED:
            self._failed.add(output)
        else:
            self._failed.discard(output)

    def _is_ended(self, job: Job) -> bool:
        return job.output in self._failed or is_there(job, self.manifest, self._keys, self._files)

    def _is_done(self, job: Job) -> bool:
        """Return whether another process has finished the job; if so, note its outcome for later."""
        if not self._is_ended(job):
            return False
        error = "it failed in another process, see the manifest" if job.output in self._failed else None
        self._elsewhere.append(Outcome(job, 0.0, error=error, elsewhere=True))
        return True

    def _told(self) -> Iterator[Outcome]:
        told, self._elsewhere = self._elsewhere, []
        yield from told

    def _place(self, job: Job) -> Path:
        return self.claims / f"{hashlib.sha256(job.output.encode('utf-8', 'surrogateescape')).hexdigest()[:32]}.lock"
