"""The daemon as a service of the user's session: its unit or agent, and what it tells its manager.

Nothing here knows what the daemon does, and nothing needs an administrator.
"""
