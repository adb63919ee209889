"""What scraped files may hold at their worst, made by the thousand, and a run over all of it.

python -m tests.hazards --records 100000 --files 2000     a night of nothing else
python -m tests.hazards --poison RAW                      good nights with 1 % of it: the rest stays byte for byte
python -m tests.hazards --records 2000 --files 200 --kill 12    a worker killed after every 12 s of CPU: the same bytes
"""
