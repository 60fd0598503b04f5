def compare(found): pass
