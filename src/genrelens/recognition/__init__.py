"""genrelens.recognition"""
