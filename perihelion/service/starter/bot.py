"""Start this bot: `python bot.py VERB`, once `pip install -r requirements.txt` has been run."""

from perihelion.__main__ import start

if __name__ == "__main__":
    start()
