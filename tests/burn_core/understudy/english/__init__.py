"""Tests of its English."""
