"""Where the narrator speaks, chosen over the whole film at a stated cost.

`plan.plan` chooses the gaps and the starts before anything is described; `assign.assign` says, once the lines are
known and measured, which is spoken where. Both are exact dynamic programmes. What things cost is in `costs`, in
milliseconds of a listener's patience.
"""
