"""Results of many recordings: where they are written, and how a run goes on where it stopped.

- `opening`: the formats by suffix, of this package and of others; opens the sink for a file
- `sink`: the interface of a sink, and what all sinks have in common
- `text_sinks`: JSON lines and CSV, which are their own journals
- `table_sink`: a table that is made from a journal, a second file: `sqlite_sink`, `parquet_sink`
- `embedding_files`, `embedding_tables`: one vector a track, as `.npz` or Parquet
- `row_file`: the journal; `row_formats`: the format of its rows; `appended_file`: writes it to the disk
- `done`, `file_identity`: which recordings need no new result
- `columns`, `csv_lines`: rows without nesting, and rows as lines of CSV, printed or written
- `lock`: one run at a time
"""

from genrelens.catalogue.file_identity import FileIdentity
from genrelens.catalogue.opening import SinkKind, find_sink, open_sink, sink_names
from genrelens.catalogue.sink import Sink

__all__ = ["FileIdentity", "Sink", "SinkKind", "find_sink", "open_sink", "sink_names"]
