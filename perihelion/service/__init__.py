"""The shell: command line, worker, settings, wiring, logs."""
