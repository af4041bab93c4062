"""Tests of the understudy's English."""
