"""genrelens.reproduction"""
