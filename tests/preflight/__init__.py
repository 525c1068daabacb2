"""The preflight: what an adapter's files say, held against dense arithmetic."""
