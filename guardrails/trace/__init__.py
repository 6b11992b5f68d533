"""What becomes of calls: of one, of a scenario, of a whole log.

`logs` reads records, `calls` makes them of what somebody asks for, `chains` answers for one kind of call and `stream`
for many records; `told`, `text` and `document` say it.
"""
