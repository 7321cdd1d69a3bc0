"""Pure rules of the chat: which files are taken, when a silent page counts as gone."""
