"""Results of many recordings: where they are written, and how a run goes on where it stopped.

- `sink`: the contract, and the sink that a file's suffix asks for
- `text_sinks`: JSON lines and CSV, appended and flushed row by row
- `table_sinks`: SQLite, committed as it grows, and Parquet, written whole
"""

from genrelens.catalogue.sink import Sink, open_sink

__all__ = ["Sink", "open_sink"]
