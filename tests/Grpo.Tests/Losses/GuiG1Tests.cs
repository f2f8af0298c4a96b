using TorchSharp;

namespace Vlm.Grpo.Tests.Losses;

/// <summary>GUI-G1's objective: no deviation, no length, a constant.</summary>
public class GuiG1Tests
{
    // Every token costs 1: sums of 10 and 20 over 2 * 64, so that they count 1 : 2.
    [Fact]
    public void Completions_count_as_they_are_long()
    {
        using DisposeScope scope = torch.NewDisposeScope();
        var scale = LossScale.Of(Aggregation.GuiG1, [10, 20], longest: 128);
        torch.Tensor mask = torch.zeros(2, 20);
        mask[0, ..10] = torch.ones(10);
        mask[1] = torch.ones(20);

        Assert.Equal(128, scale.Divisor);
        Assert.Equal(30 / 128.0, scale.Sum(torch.ones(2, 20), mask).item<float>(), 1e-7);
        Assert.Equal(2 * scale.Sum(torch.ones(1, 20), mask[..1]).item<float>(), scale.Sum(torch.ones(1, 20), mask[1..]).item<float>(), 1e-7);
    }

    [Fact]
    public void Advantages_are_differences_from_the_mean() => Assert.Equal(
        [0.25, 0.25, 0.25, -0.75], GroupAdvantage.Compute([[1, 1, 1, 0]], new(AdvantageScale.None))[0]);
}
