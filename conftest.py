"""pytester, for the tests of the plugin; pytest wants it declared in the root."""

pytest_plugins = ["pytester"]
