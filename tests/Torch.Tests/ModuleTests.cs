using TorchSharp;
using TorchSharp.Modules;
using Vlm.Engine;
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
    public void A_frozen_module_has_no_parameter_with_a_gradient()
    {
        using var tower = new Tower();

        Assert.DoesNotContain(true, tower.RequireGradients(false).parameters().Select(parameter => parameter.requires_grad));
        tower.Table.RequireGradients();
        Assert.Equal(["Table.weight"],
            tower.named_parameters().Where(entry => entry.parameter.requires_grad).Select(entry => entry.name));
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
        Expect.Settled();
        long before = EngineInfo.LiveTensors;
        Tower tower;
        using (NewDisposeScope())
            tower = new Tower();

        Assert.Equal(before + 10, EngineInfo.LiveTensors);
        tower.Dispose();
        Assert.Equal(before, EngineInfo.LiveTensors);
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

    private static float[] Values(Tensor tensor) => tensor.detach().contiguous().data<float>().ToArray();
}
