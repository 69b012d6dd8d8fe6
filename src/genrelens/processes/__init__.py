"""Work that may hang, crash or eat memory, where it harms nobody; and work that can be stopped.

- `checkpoints`: where long work shows that it goes on, and ends when nobody waits for it any more
- `limits`: how long and how much memory one task may take, and what ended it
- `wire`: what goes between a process and its workers
- `inside`: a worker process, seen from inside
- `worker`: a worker process, seen from the process that started it
- `pool`: several workers, replaced as they end
- `threads`: the same for work that stays in this process
- `spreading`: a list of tasks done here or by a pool: training and computing inputs go this way
- `gathering`: results of either, in the order of what they are of, with a bounded look ahead

Everything here is light to import, so that workers can be started before anything else is done.
"""
