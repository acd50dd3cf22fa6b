from setuptools import setup
setup(name="cli", entry_points={"console_scripts": ["cli=cli.main:cli"]})
