"""genrelens.audio"""
