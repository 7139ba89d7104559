"""PyTorch's compiler, which nothing here needs: who trains without it, and whoever wants it has it as usual."""

from __future__ import annotations

from tests.unit.test_processes import python


def test_that_a_run_of_whichever_optimizer_and_engine_loads_no_compiler():
    printed = python(
        """
        import sys
        import torch
        from nnwidgets import PlanarTrainer
        from nnwidgets.training.optimizers import OPTIMIZERS
        trainer = PlanarTrainer(n_samples=40)
        for engine in ("fused", "eager"):
            for name in OPTIMIZERS:
                trainer._loop.engine.choose(engine)
                trainer.optimizer = name
                trainer.step(2, "epoch")
                assert trainer.engine_name == engine
        trainer.rewind(3)
        trainer.optimizer_options = {"weight_decay": 0.1}
        trainer.step()
        torch.optim.SGD([torch.zeros(1, requires_grad=True)], lr=0.1)
        print(trainer.status, [name for name in ("torch._dynamo", "sympy", "triton") if name in sys.modules])
        """
    )
    assert printed == "paused []\n"


def test_that_the_compiler_is_as_usual_for_whoever_uses_it():
    printed = python(
        """
        import sys
        import torch
        import nnwidgets.training.optimizing
        make = torch.optim.Optimizer.add_param_group
        weight = torch.ones(2, requires_grad=True)
        torch.optim.SGD([weight], lr=0.1)
        print(hasattr(make.__wrapped__, "__dynamo_disable"), "torch._dynamo" in sys.modules)
        import torch._dynamo
        optimizer = torch.optim.SGD([weight], lr=0.1)
        disabled = getattr(make.__wrapped__, "__dynamo_disable")
        print(disabled.__module__.startswith("nnwidgets"), hasattr(disabled, "_torchdynamo_disable"))
        print(optimizer.state_dict()["param_groups"][0]["lr"], optimizer.zero_grad())
        @torch.compile(backend="eager")
        def double(x):
            return 2 * x
        print(double(torch.ones(1)).item())
        """
    )
    assert printed == "True False\nFalse True\n0.1 None\n2.0\n"
