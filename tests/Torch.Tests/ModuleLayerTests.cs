using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Torch.Tests;

public class ModuleLayerTests
{
    [Fact]
    public void Lists_are_renamed_when_they_change()
    {
        ModuleList<Linear> list = nn.ModuleList(nn.Linear(1, 1, hasBias: false), nn.Linear(1, 2, hasBias: false));
        list.Insert(0, nn.Linear(1, 3, hasBias: false));
        Assert.Equal([("0.weight", 3L), ("1.weight", 1), ("2.weight", 2)], Rows(list));
        list.RemoveAt(1);
        Assert.Equal([("0.weight", 3L), ("1.weight", 2)], Rows(list));
        list.append(nn.Linear(1, 4, hasBias: false));
        list[0] = list[1];
        Assert.Equal([("0.weight", 2L), ("2.weight", 4)], Rows(list));

        static IEnumerable<(string, long)> Rows(nn.Module module) =>
            module.named_parameters().Select(entry => (entry.name, entry.parameter.size(0)));
    }

    [Fact]
    public void Dictionaries_keep_names_and_order()
    {
        ModuleDict<nn.Module> modules = nn.ModuleDict(("z", nn.Linear(1, 1)), ("a", nn.Identity()));
        modules["m"] = nn.LayerNorm(2);

        Assert.Equal(["z", "a", "m"], modules.named_children().Select(entry => entry.name));
        Assert.Equal(["z.weight", "z.bias", "m.weight", "m.bias"], modules.state_dict().Keys);
    }

    [Fact]
    public void Sequential_calls_one_after_the_other_and_frees_what_lies_between()
    {
        using Sequential layers = nn.Sequential(
            nn.Linear(new Parameter(full(1, 1, 3f))), nn.ReLU(), nn.Tanh(), nn.Sigmoid(), nn.SiLU(), nn.GELU(), nn.Identity());
        using Tensor one = ones(1, 1);
        using IDisposable quiet = no_grad();
        Expect.Settled();
        long before = Vlm.Engine.EngineInfo.LiveTensors;

        using Tensor result = layers.call(one);

        double x = 1 / (1 + Math.Exp(-Math.Tanh(3)));
        double y = x / (1 + Math.Exp(-x));
        Assert.InRange(result.item<float>(), 0.5 * y, y);
        Assert.Equal(before + 1, Vlm.Engine.EngineInfo.LiveTensors);
        Assert.Equal(["0.weight"], layers.state_dict().Keys);
    }

    [Fact]
    public void First_values_are_bounded_by_the_fan()
    {
        _ = manual_seed(1);
        using Linear linear = nn.Linear(16, 100);
        using Conv2d convolution = nn.Conv2d(4, 50, 2);
        using Embedding embedding = nn.Embedding(1000, 10);

        // 1 / sqrt(16) in both: the convolution's fan is 4 * 2 * 2.
        foreach (Parameter parameter in linear.parameters().Concat(convolution.parameters()))
        {
            float most = Values(parameter).Max(Math.Abs);
            Assert.InRange(most, 0.22f, 0.25f);
        }
        // 10,000 draws: mean within 5 / 100, variance within 5 sqrt(2) / 100.
        double[] draws = [.. Values(embedding.weight).Select(value => (double)value)];
        Assert.InRange(draws.Average(), -0.05, 0.05);
        Assert.InRange(draws.Average(value => value * value), 0.93, 1.07);
    }

    [Fact]
    public void Distributions_have_their_bounds_and_widths()
    {
        _ = manual_seed(2);
        using Tensor weight = zeros(100, 200, dtype: float64);

        Assert.Equal((200, 100), nn.init.CalculateFanInAndFanOut(weight));
        // sqrt(6 / 300) = 0.1414, sqrt(2 / 300) = 0.08165, sqrt(2) / sqrt(200) = 0.1; 20,000 draws.
        Assert.InRange(Doubles(nn.init.xavier_uniform_(weight)).Max(), 0.141, 0.1415);
        Assert.InRange(Deviation(nn.init.xavier_normal_(weight)), 0.080, 0.0833);
        Assert.InRange(Deviation(nn.init.kaiming_normal_(weight)), 0.098, 0.102);
        Assert.InRange(Doubles(nn.init.kaiming_uniform_(weight)).Max(), 0.1731, 0.1733);
        double[] cut = Doubles(nn.init.trunc_normal_(weight, 1, 2, -1, 2));
        Assert.InRange(cut.Min(), -1, -0.99);
        Assert.InRange(cut.Max(), 1.99, 2);
        // Mean of a normal cut at -1 and 0.5 deviations: (phi(1) - phi(0.5)) / (Phi(0.5) - Phi(-1))
        // = (0.24197 - 0.35207) / (0.69146 - 0.15866) = -0.20664; times 2, plus 1: 0.58672.
        Assert.Equal(0.58672, cut.Average(), 0.03);
        Assert.Equal([7.0, 7, 7], Doubles(nn.init.constant_(zeros(3, dtype: float64), 7)));
        Assert.Equal([1.0, 0, 0, 0, 1, 0], Doubles(nn.init.eye_(zeros(2, 3, dtype: float64))));
        Assert.Throws<ArgumentException>(() => nn.init.xavier_normal_(ones(3)));
    }

    [Fact]
    public void Convolutions_pad_by_their_mode()
    {
        using Conv2d circular = nn.Conv2d(1, 1, 3, padding: 1, padding_mode: PaddingModes.Circular, bias: false);
        using Conv2d same = nn.Conv2d(1, 1, 3, Padding.Same, bias: false);
        nn.init.ones_(circular.weight);
        nn.init.ones_(same.weight);
        using Tensor image = ones(1, 1, 3, 3);

        Assert.All(Values(circular.call(image)), value => Assert.Equal(9, value));
        Assert.Equal([4f, 6, 4, 6, 9, 6, 4, 6, 4], Values(same.call(image)));
        Assert.Equal((Padding.Same, 1L), (same.padding_type, circular.padding[0]));
    }

    [Fact]
    public void A_pretrained_table_is_frozen_unless_told_otherwise()
    {
        using Tensor rows = arange(6, dtype: float32).reshape(3, 2);
        using Embedding frozen = nn.Embedding_from_pretrained(rows);
        using Embedding free = nn.Embedding_from_pretrained(rows, freeze: false, dtype: float64);

        Assert.Equal([4f, 5], Values(frozen.call(tensor((long[])[2]))));
        Assert.Equal((false, true), (frozen.weight.requires_grad, free.weight.requires_grad));
        Assert.Equal(float64, free.weight.dtype);
    }

    private static float[] Values(Tensor tensor) => tensor.detach().contiguous().data<float>().ToArray();

    private static double[] Doubles(Tensor tensor) => tensor.detach().data<double>().ToArray();

    private static double Deviation(Tensor tensor) => Math.Sqrt(Doubles(tensor).Average(value => value * value));
}
