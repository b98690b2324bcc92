"""``python -m unbraid`` is the ``unbraid`` command."""

from unbraid.cli import main

if __name__ == "__main__":
    main()
