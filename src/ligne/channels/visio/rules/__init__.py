"""Pure: what two browsers may say to each other, and when a page counts as gone."""
