using TorchSharp.Modules;
using static Torch.Tests.OptimBench;
using static TorchSharp.torch;

namespace Torch.Tests;

public class OptimStateTests
{
    [Fact]
    public void Exported_memory_continues_bit_for_bit()
    {
        using Parameter weight = Weight(Numbers(1000, 7));
        using var through = optim.AdamW([weight], 0.01, weight_decay: 0.1);
        for (int t = 1; t <= 3; t++)
            Step(through, weight, Numbers(1000, t));
        using Parameter copy = Weight(Values(weight));
        using var resumed = optim.AdamW([copy], 0.01, weight_decay: 0.1);
        Dictionary<string, Tensor> saved = Vlm.Engine.OptimizerState.Export(through, [("w", weight)]);

        Vlm.Engine.OptimizerState.Import(resumed, [("w", copy)], saved);
        for (int t = 4; t <= 6; t++)
        {
            Step(through, weight, Numbers(1000, t));
            Step(resumed, copy, Numbers(1000, t));
        }

        Assert.Equal(["w.step", "w.exp_avg", "w.exp_avg_sq"], saved.Keys);
        Assert.Equal(3, saved["w.step"].item<long>());
        Assert.Equal(Values(weight), Values(copy));
    }

    [Fact]
    public void Imported_memory_must_fit()
    {
        using Parameter weight = Weight(1, 2);
        using var optimizer = optim.AdamW([weight]);
        Step(optimizer, weight, 1, 1);
        Dictionary<string, Tensor> saved = Vlm.Engine.OptimizerState.Export(optimizer, [("w", weight)]);

        void Import() => Vlm.Engine.OptimizerState.Import(optimizer, [("w", weight)], saved);

        saved["x.exp_avg"] = saved["w.exp_avg"];
        Assert.Equal("no parameter for [x.exp_avg] (Parameter 'entries')", Assert.Throws<ArgumentException>(Import).Message);
        saved.Remove("x.exp_avg");
        saved["w.exp_avg"] = ones(3, dtype: float64);
        Assert.Equal("'w.exp_avg' is [3], its parameter [2]", Assert.Throws<ArgumentException>(Import).Message);
        saved.Remove("w.exp_avg");
        Assert.StartsWith("the state lacks 'w.exp_avg'", Assert.Throws<ArgumentException>(Import).Message);
    }

    [Fact]
    public void A_state_dictionary_carries_options_and_moments_to_another_optimizer()
    {
        using Parameter weight = Weight(1, 2), copy = Weight(1, 2);
        using var source = optim.AdamW([weight], 0.125, 0.5);
        using var target = optim.AdamW([copy]);
        Step(source, weight, 3, 4);
        using (no_grad())
            copy.copy_(weight);

        target.load_state_dict(source.state_dict());
        Step(source, weight, -1, 2);
        Step(target, copy, -1, 2);

        Assert.Equal((0.5, 0.999), target.Betas);
        Assert.Equal(Values(weight), Values(copy));
    }
}
