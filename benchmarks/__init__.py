"""What grading costs, side by side with other tools. See README.md."""
