"""Hidden graders, one folder per assignment and one pytest file per task. Secret: nothing here reaches a student."""
