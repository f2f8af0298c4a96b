using TorchSharp;
using Vlm.Images;

namespace Vlm.Grpo.Tests.Imitation;

public class InverseDynamicsTests
{
    private const int Side = 4, Moves = 4, Length = 12;

    // On a ring of rows and columns each move is as likely as any other, whatever came before: only what comes after tells it.
    [Fact]
    public void A_move_is_known_from_the_picture_after_it_and_from_none_before()
    {
        Assert.Equal(1.0, Accuracy(before: 1, after: 1), 0.005);
        Assert.Equal(1.0 / Moves, Accuracy(before: 1, after: 0), 0.06);
    }

    [Fact]
    public void Equal_seeds_learn_equal_models()
    {
        (List<RgbImage[]> moments, List<int> actions) = Walks(0, 4, 1, 1);
        using InverseDynamics a = New(), b = New();
        var options = new InverseDynamicsOptions(Steps: 20);

        Assert.Equal(a.Learn(moments, actions, options, seed: 3), b.Learn(moments, actions, options, seed: 3));
        Assert.Equal(a.Label(moments), b.Label(moments));

        static InverseDynamics New() => new(3, Moves, seed: 3, torch.CPU);
    }

    // Pictures 0 1 2 3 and actions 0 1 2: with one before and one after only action 1 and 2 have both.
    [Fact]
    public void A_moment_has_all_its_pictures_in_their_order()
    {
        RgbImage[] pictures = [.. Enumerable.Range(0, 4).Select(i => Picture(i, 0))];

        var moments = InverseDynamics.Moments(pictures, before: 1, after: 1).ToList();

        Assert.Equal([1, 2], moments.Select(moment => moment.Action));
        Assert.Equal([pictures[1], pictures[2], pictures[3]], moments[1].Pictures);
        Assert.Equal([0, 1, 2], InverseDynamics.Moments(pictures, 0, 0).Select(moment => moment.Action));
        Assert.Empty(InverseDynamics.Moments(pictures, 3, 1));
    }

    [Fact]
    public void What_does_not_fit_is_refused()
    {
        using var model = new InverseDynamics(2, Moves, seed: 1, torch.CPU);

        Assert.Throws<ArgumentException>(() => model.Learn([], [], new(), 1));
        Assert.Throws<ArgumentException>(() => model.Learn([[Picture(0, 0)]], [0], new(), 1));
        Assert.Throws<ArgumentException>(() => model.Label([[Picture(0, 0)]]));
    }

    private static double Accuracy(int before, int after)
    {
        (List<RgbImage[]> moments, List<int> actions) = Walks(0, 60, before, after);
        (List<RgbImage[]> others, List<int> right) = Walks(1000, 80, before, after);
        using var model = new InverseDynamics(before + 1 + after, Moves, seed: 1, torch.CPU);
        model.Learn(moments, actions, new(Steps: 800), seed: 1);
        return model.Label(others).Zip(right).Average(pair => pair.First.Action == pair.Second ? 1.0 : 0);
    }

    private static (List<RgbImage[]>, List<int>) Walks(int first, int count, int before, int after)
    {
        var (moments, actions) = (new List<RgbImage[]>(), new List<int>());
        for (int walk = first; walk < first + count; walk++)
        {
            var random = new RandomStream(7, "walk", walk);
            int[] moves = [.. Enumerable.Range(0, Length).Select(_ => random.Next(Moves))];
            (int x, int y) = (random.Next(Side), random.Next(Side));
            var pictures = new List<RgbImage> { Picture(x, y) };
            foreach (int move in moves)
            {
                (x, y) = move switch { 0 => (x, y + Side - 1), 1 => (x, y + 1), 2 => (x + Side - 1, y), _ => (x + 1, y) };
                (x, y) = (x % Side, y % Side);
                pictures.Add(Picture(x, y));
            }

            foreach ((int action, RgbImage[] seen) in InverseDynamics.Moments(pictures, before, after))
            {
                moments.Add(seen);
                actions.Add(moves[action]);
            }
        }

        return (moments, actions);
    }

    // A bright cell of 4 x 4 pixels on black.
    private static RgbImage Picture(int x, int y)
    {
        const int cell = 4, width = Side * cell;
        var pixels = new byte[width * width * 3];
        for (int row = y * cell; row < (y + 1) * cell; row++)
            for (int at = x * cell * 3; at < (x + 1) * cell * 3; at++)
                pixels[(row * width * 3) + at] = 255;
        return new(width, width, pixels);
    }
}
