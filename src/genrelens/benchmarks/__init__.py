"""Speed compared with what people would write instead, on the same rows, splits and epochs.

- `trainer`: our trainer against the plain way; `plain_loops`: that plain way, in PyTorch and Keras
"""
