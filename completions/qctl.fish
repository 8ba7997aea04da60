# fish completion for qctl: the program itself is asked what may stand at the cursor.

complete --command qctl --no-files --keep-order --arguments '(QCTL_COMPLETE=fish qctl -- (commandline --current-process --tokenize --cut-at-cursor) (commandline --current-token --cut-at-cursor) 2>/dev/null)'
