using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Torch.Tests;

public class ModuleTests
{
    private sealed class Tower : nn.Module<Tensor, Tensor>
    {
        private readonly Linear first = nn.Linear(3, 2);
        private readonly ModuleList<Linear> rest = nn.ModuleList(nn.Linear(2, 2, hasBias: false), nn.Linear(2, 1));
        [TorchSharp.Utils.ComponentName(Name = "ln_f")] private readonly LayerNorm _norm = nn.LayerNorm(2);

        internal Tower() : base("tower")
        {
            register_buffer("scale", tensor((float[])[2, 4]));
            register_buffer("cache", ones(1), persistent: false);
            RegisterComponents();
        }

        internal Embedding Table { get; } = nn.Embedding(5, 3);

        internal Dropout Drop { get; } = nn.Dropout();

        public override Tensor forward(Tensor input) =>
            rest[1].call(_norm.call(rest[0].call(first.call(Table.call(input)))));
    }

    private static readonly string[] s_parameters =
        ["first.weight", "first.bias", "rest.0.weight", "rest.1.weight", "rest.1.bias", "ln_f.weight", "ln_f.bias",
            "Table.weight"];

    [Fact]
    public void Names_are_pytorchs()
    {
        using var tower = new Tower();

        Assert.Equal(s_parameters, tower.named_parameters().Select(entry => entry.name));
        Assert.Equal(["scale", .. s_parameters], tower.state_dict().Keys);
        Assert.Equal(["scale", "cache"], tower.named_buffers().Select(entry => entry.name));
        Assert.Equal(["first", "rest", "ln_f", "Table", "Drop"], tower.named_children().Select(entry => entry.name));
        Assert.Equal(
            ["first", "rest", "ln_f", "Table", "Drop", "rest.0", "rest.1"],
            tower.named_modules().Select(entry => entry.name));
        Assert.Equal("a.b.scale", tower.state_dict(prefix: "a.b").Keys.First());
        Assert.Same(tower.Table.weight, tower.get_parameter("Table.weight"));
        Assert.False(tower.has_parameter("Table.bias"));
        Assert.True(tower.has_buffer("cache"));
        Assert.Equal("tower", tower.GetName());
    }

    [Fact]
    public void A_tied_parameter_is_named_twice_in_the_state_and_listed_once()
    {
        using Linear one = nn.Linear(2, 2), two = nn.Linear(2, 3);
        using Sequential both = nn.Sequential(("one", one), ("two", two));
        two.weight = one.weight;

        Assert.Equal(["one.weight", "one.bias", "two.bias"], both.named_parameters().Select(entry => entry.name));
        Assert.Equal(["one.weight", "one.bias", "two.bias", "two.weight"], both.state_dict().Keys);
    }

    [Fact]
    public void State_goes_from_one_module_to_another()
    {
        using var source = new Tower();
        using var target = new Tower();
        using Tensor ids = tensor((long[])[4, 0]);

        (IList<string> missing, IList<string> unexpected) = target.load_state_dict(source.state_dict());

        Assert.Empty(missing.Concat(unexpected));
        Assert.Equal(Values(source.call(ids)), Values(target.call(ids)));
        Assert.NotSame(source.Table.weight, target.Table.weight);
        Assert.True(target.Table.weight.requires_grad);
    }

    [Fact]
    public void Strict_loading_names_what_does_not_fit()
    {
        using var tower = new Tower();
        Dictionary<string, Tensor> state = tower.state_dict();
        state.Remove("rest.1.bias");
        state["extra"] = ones(1);

        var error = Assert.Throws<InvalidOperationException>(() => tower.load_state_dict(state));
        (IList<string> missing, IList<string> unexpected) = tower.load_state_dict(state, strict: false);

        Assert.Equal(
            "the state does not fit module 'tower': missing [rest.1.bias], unexpected [extra]", error.Message);
        Assert.Equal(("rest.1.bias", "extra"), (missing.Single(), unexpected.Single()));
        Assert.Empty(tower.load_state_dict(state, true, ["rest.1.bias", "extra"]).missing_keys);
    }

    [Fact]
    public void A_wrong_shape_is_refused_before_anything_is_copied()
    {
        using var tower = new Tower();
        float[] before = Values(tower.get_buffer("scale")!);
        Dictionary<string, Tensor> state = new(tower.state_dict())
        {
            ["scale"] = zeros(2),
            ["Table.weight"] = zeros(5, 4),
        };

        var error = Assert.Throws<InvalidOperationException>(() => tower.load_state_dict(state));

        Assert.Equal("'Table.weight' is [5, 3] in the module and [5, 4] in the state", error.Message);
        Assert.Equal(before, Values(tower.get_buffer("scale")!));
    }

    [Fact]
    public void Training_mode_reaches_every_module()
    {
        using var tower = new Tower();
        using Tensor ones = torch.ones(100);

        tower.eval();
        Assert.All(tower.modules(), module => Assert.False(module.training));
        Assert.Equal(Values(ones), Values(tower.Drop.call(ones)));
        tower.train();
        Assert.All(tower.modules().Append(tower), module => Assert.True(module.training));
        Assert.Contains(0, Values(tower.Drop.call(ones)));
    }

    [Fact]
    public void Another_type_keeps_the_parameter_objects_and_their_gradients()
    {
        using var tower = new Tower();
        tower.register_buffer("rows", tensor((long[])[1, 2]));
        Parameter weight = tower.Table.weight;
        using Tensor ids = tensor((long[])[1]);
        tower.call(ids).sum().backward();

        Tower same = tower.to(float64);

        Assert.Same(tower, same);
        Assert.Same(weight, tower.Table.weight);
        Assert.All(tower.parameters(), parameter => Assert.Equal((float64, true), (parameter.dtype, parameter.requires_grad)));
        Assert.Equal((float64, int64), (tower.get_buffer("scale")!.dtype, tower.get_buffer("rows")!.dtype));
        Assert.Equal(float64, weight.grad!.dtype);
        tower.call(ids).sum().backward();
        Assert.Equal(float64, tower.half().@double().call(ids).dtype);
    }

    [Fact]
    public void Gradients_are_forgotten()
    {
        using Linear layer = nn.Linear(2, 1);
        layer.call(ones(3, 2)).sum().backward();

        layer.zero_grad(set_to_none: false);
        Assert.Equal([0f, 0f], Values(layer.weight.grad!));
        layer.zero_grad();
        Assert.Null(layer.weight.grad);
    }

    [Fact]
    public void Apply_visits_children_before_parents()
    {
        using var tower = new Tower();
        var visited = new List<string>();

        tower.apply(module => visited.Add(module.GetName()));

        Assert.Equal(
            ["Linear", "Linear", "Linear", "ModuleList", "LayerNorm", "Embedding", "Dropout", "tower"], visited);
    }

    [Fact]
    public void A_module_survives_the_scope_it_was_made_in_and_dies_with_dispose()
    {
        long before = Vlm.Engine.EngineInfo.LiveTensors;
        Tower tower;
        using (NewDisposeScope())
            tower = new Tower();

        Assert.Equal(before + 10, Vlm.Engine.EngineInfo.LiveTensors);
        tower.Dispose();
        Assert.Equal(before, Vlm.Engine.EngineInfo.LiveTensors);
    }

    [Fact]
    public void Names_that_cannot_be_are_refused()
    {
        using var tower = new Tower();

        Assert.Throws<ArgumentException>(() => tower.register_buffer("a.b", ones(1)));
        Assert.Throws<ArgumentException>(() => tower.register_buffer("scale", ones(1)));
        Assert.Throws<ArgumentException>(() => tower.add_module("self", tower));
        Assert.Throws<InvalidOperationException>(() => tower.Drop.register_buffer("b", ones(1)));
    }

    [Fact]
    public void Hooks_change_what_goes_in_and_out_until_they_are_removed()
    {
        using Linear layer = nn.Linear(new Parameter(ones(1, 1)), new Parameter(zeros(1)));
        using Tensor two = full(1, 1, 2f);
        var seen = new List<string>();
        var doubled = layer.register_forward_pre_hook((_, input) => input * 2);
        var shifted = layer.register_forward_hook((_, _, result) => result + 10);
        layer.register_forward_hook(module => seen.Add(module.GetName()));

        Assert.Equal([14f], Values(layer.call(two)));
        Assert.Equal([2f], Values(layer.forward(two)));
        doubled.remove();
        shifted.remove();
        Assert.Equal([2f], Values(layer.call(two)));
        Assert.Equal(["Linear", "Linear"], seen);
    }

    [Fact]
    public void Lists_are_renamed_when_they_change()
    {
        ModuleList<Linear> list = nn.ModuleList(nn.Linear(1, 1, hasBias: false), nn.Linear(1, 2, hasBias: false));
        list.Insert(0, nn.Linear(1, 3, hasBias: false));
        list.RemoveAt(1);
        list.append(nn.Linear(1, 4, hasBias: false));

        Assert.Equal(
            [("0.weight", 3L), ("1.weight", 2), ("2.weight", 4)],
            list.named_parameters().Select(entry => (entry.name, entry.parameter.size(0))));
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
