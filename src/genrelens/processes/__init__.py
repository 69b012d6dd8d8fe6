"""Worker processes for tasks that may hang, crash or need too much memory; threads that can be stopped.

- `checkpoints`: called by long tasks, to show progress and to end when they are cancelled
- `limits`: limits of time and memory for a task, and the errors where they are exceeded
- `wire`: messages between a process and its workers
- `worker_main`: the program of a worker process
- `worker`: a worker process, used from the process that started it
- `pool`: several workers, replaced as they end
- `threads`: the same for work that stays in this process
- `parallel_tasks`: a list of tasks, done in this process or by a pool; for training and computing inputs
- `gathering`: results of either, in the order of the tasks, with a bounded look ahead

Everything here is light to import, so that workers can be started before anything else is done.
"""
