using TorchSharp;
using Vlm.Engine;

namespace Torch.Tests;

public class EngineTests
{
    [Fact]
    public void An_operator_is_called_by_name_with_its_defaults()
    {
        using torch.Tensor ones = new Operator("aten::ones").Call((long[])[2, 3]);
        using torch.Tensor sum = ones + ones;

        Assert.Equal([2, 3], sum.shape);
        Assert.Equal(12, new Operator("aten::item").CallNumber(new Operator("aten::sum").Call(sum)));
    }

    [Fact]
    public void An_error_names_the_operator_and_the_shapes()
    {
        using torch.Tensor a = new Operator("aten::ones").Call((long[])[2, 3]);
        using torch.Tensor b = new Operator("aten::ones").Call((long[])[4]);

        var error = Assert.Throws<System.Runtime.InteropServices.ExternalException>(() => a + b);

        Assert.StartsWith("aten::add.Tensor([2, 3], [4]): The size of tensor a (3) must match", error.Message);
    }
}
