"""Down the chain: a superior hands a package to those below it, and sees who took it over and launched it."""
