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

        internal Tower() : base("tower") => RegisterComponents();

        internal Embedding Table { get; } = nn.Embedding(5, 3);

        public override Tensor forward(Tensor input) =>
            rest[1].call(_norm.call(rest[0].call(first.call(Table.call(input)))));
    }

    [Fact]
    public void State_names_are_pytorchs()
    {
        using var tower = new Tower();

        Assert.Equal(
            ["first.weight", "first.bias", "rest.0.weight", "rest.1.weight", "rest.1.bias", "ln_f.weight", "ln_f.bias",
                "Table.weight"],
            tower.state_dict().Keys);
    }
}
