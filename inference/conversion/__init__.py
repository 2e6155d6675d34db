"""From a GGUF file to a CTranslate2 int8 model with numpy alone; run in a process of its own.

`process` starts that process; `conversion` is what runs inside it. Importing the package itself
loads nothing.
"""
