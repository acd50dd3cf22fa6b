from sub import Sub
Sub().run("x")
