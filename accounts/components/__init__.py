"""The components behind `{% load ui %}`: marks in a cell, pieces of a page, blocks with a body, links."""
