"""The planner in the browser: FastAPI over the same functions, a static front end, the state in the URL."""
