"""Reports: tables for the terminal, charts, one self-contained HTML page, plain data."""
