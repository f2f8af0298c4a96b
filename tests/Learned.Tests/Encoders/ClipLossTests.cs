using Vlm.Rewards.Learned;
using static TorchSharp.torch;

namespace Learned.Tests.Encoders;

/// <summary>The loss that an encoder is trained by.</summary>
public class ClipLossTests
{
    // Cosines [[1, 0], [.6, .8]] times 2: rows -log softmax: log(1 + e^-2) = .126928, log(1 + e^(1.2 - 1.6)) = .513015;
    // columns: log(1 + e^(1.2 - 2)) = .371101, log(1 + e^-1.6) = .183901.
    [Fact]
    public void It_is_the_mean_of_two_cross_entropies_over_scaled_cosines()
    {
        using var scope = NewDisposeScope();
        Tensor images = tensor(new double[,] { { 3, 0 }, { 0.6, 0.8 } }), texts = tensor(new double[,] { { 1, 0 }, { 0, 5 } });

        double loss = ClipLoss.InfoNce(images, texts, tensor(Math.Log(2))).item<double>();

        Assert.Equal(((0.126928 + 0.513015) / 2 + (0.371101 + 0.183901) / 2) / 2, loss, 1e-6);
    }

    // A third text (0, 1) is as near to the second image as its own: the rows become log(1 + 2 e^-2) and log(2 + e^-.4); columns stay.
    [Fact]
    public void Texts_without_an_image_are_told_apart_by_images_and_ask_for_none()
    {
        using var scope = NewDisposeScope();
        Tensor images = tensor(new double[,] { { 3, 0 }, { 0.6, 0.8 } }), texts = tensor(new double[,] { { 1, 0 }, { 0, 5 }, { 0, 1 } });

        double loss = ClipLoss.InfoNce(images, texts, tensor(Math.Log(2))).item<double>();

        Assert.Equal(((Math.Log(1 + 2 * Math.Exp(-2)) + Math.Log(2 + Math.Exp(-0.4))) / 2 + (0.371101 + 0.183901) / 2) / 2, loss, 1e-6);
    }

    [Fact]
    public void Its_gradient_is_that_of_finite_differences()
    {
        using var scope = NewDisposeScope();
        using Generator generator = new(3);
        Tensor images = randn([3, 4], ScalarType.Float64, generator: generator), texts = randn([5, 4], ScalarType.Float64, generator: generator);
        Tensor scale = tensor(0.7, ScalarType.Float64);
        Tensor[] inputs = [.. new[] { images, texts, scale }.Select(value => value.requires_grad_())];
        ClipLoss.InfoNce(inputs[0], inputs[1], inputs[2]).backward();

        const double step = 1e-6;
        foreach (Tensor input in inputs)
            for (int i = 0; i < input.numel(); i++)
                Assert.Equal((Moved(input, i, step) - Moved(input, i, -step)) / (2 * step), input.grad!.flatten()[i].item<double>(), 1e-8);

        double Moved(Tensor input, int at, double by)
        {
            using var off = no_grad();
            Tensor place = input.view(-1)[at];
            place.add_(by);
            double loss = ClipLoss.InfoNce(inputs[0], inputs[1], inputs[2]).item<double>();
            place.sub_(by);
            return loss;
        }
    }

    [Fact]
    public void Its_scale_is_held_at_a_hundred()
    {
        using var scope = NewDisposeScope();
        Tensor images = tensor(new double[,] { { 1, 0 }, { 0.6, 0.8 } }), texts = tensor(new double[,] { { 0.6, 0.8 }, { 1, 0 } });

        double At(double logarithm) => ClipLoss.InfoNce(images, texts, tensor(logarithm)).item<double>();

        Assert.Equal(At(Math.Log(100)), At(9), 1e-9);
        Assert.True(At(Math.Log(100)) > At(Math.Log(50)) + 1);
    }
}
