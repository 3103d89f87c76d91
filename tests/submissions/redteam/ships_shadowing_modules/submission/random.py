raise RuntimeError('shadowed')
