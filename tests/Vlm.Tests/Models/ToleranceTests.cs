using TorchSharp;
using Vlm.Parity;

namespace Vlm.Tests.Models;

/// <summary>How far a value is from a recorded one, and what passes.</summary>
public class ToleranceTests
{
    private static readonly torch.Tensor s_wanted = torch.tensor([3f, 4f, 0f, -200f]);

    [Theory]
    [InlineData(nameof(Kind.State), 0.5)]                   // the largest difference
    [InlineData(nameof(Kind.Gradient), 0.5 / 200)]          // of the largest
    [InlineData(nameof(Kind.Loss), 0.5 / 4)]                // of the number, where that is above 1
    public void Float32_counts_single_numbers(string kind, double distance)
    {
        Difference found = Tolerance.Float32.Compare(Enum.Parse<Kind>(kind), "x", s_wanted, s_wanted + torch.tensor([0, 0.5f, 0, 0]));

        Assert.Equal(distance, found.Largest, 1e-6);
        Assert.False(found.Passes);
    }

    [Fact]
    public void BFloat16_counts_whole_values()
    {
        torch.Tensor far = s_wanted * 1.06, near = s_wanted + torch.tensor([6f, 0, 0, 0]);

        Assert.Equal(0.06, Tolerance.BFloat16.Compare(Kind.State, "x", s_wanted, far).Largest, 1e-6);
        Assert.False(Tolerance.BFloat16.Compare(Kind.State, "x", s_wanted, far).Passes);
        Assert.True(Tolerance.BFloat16.Compare(Kind.State, "x", s_wanted, near).Passes);
    }

    [Fact]
    public void Whole_numbers_must_be_equal()
    {
        torch.Tensor wanted = torch.tensor([1L, 2L]);

        Assert.True(Tolerance.BFloat16.Compare(Kind.State, "x", wanted, wanted.clone()).Passes);
        Assert.False(Tolerance.BFloat16.Compare(Kind.State, "x", wanted, wanted + torch.tensor([0L, 1L])).Passes);
    }

    [Fact]
    public void What_is_no_number_and_another_shape_never_pass()
    {
        Assert.False(Tolerance.BFloat16.Compare(Kind.State, "x", s_wanted, s_wanted * float.NaN).Passes);
        Difference shape = Tolerance.Float32.Compare(Kind.State, "x", s_wanted, torch.zeros(4, 1));
        Assert.False(shape.Passes);
        Assert.Equal("[4, 1] instead of [4]", shape.Note);
    }

    [Fact]
    public void Float16_has_none() =>
        Assert.Throws<ArgumentException>(() => Tolerance.Of(torch.ScalarType.Float16));
}
