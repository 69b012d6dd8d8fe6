"""genrelens.graphs"""
