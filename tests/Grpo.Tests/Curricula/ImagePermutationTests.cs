using Vlm.Rewards;

namespace Vlm.Grpo.Tests.Curricula;

public class ImagePermutationTests
{
    private static readonly int[] s_turn = [2, 0, 1];
    private static readonly byte[] s_bytes = [99, 10, 20, 30];
    private static readonly ImageSource[] s_images = [.. s_bytes.Select(one => ImageSource.FromBytes([one]))];

    // new = old[2], old[0], old[1]: what was first is second.
    [Fact]
    public void The_right_option_goes_where_its_image_went()
    {
        Assert.Equal(["c", "a", "b"], ImagePermutation.Apply(["a", "b", "c"], [0, 1, 2], s_turn));
        Assert.Equal([1, 2, 0], Enumerable.Range(0, 3).Select(old => ImagePermutation.Option(old, s_turn)));
        Assert.Equal(["query", "c", "a", "b"], ImagePermutation.Apply(["query", "a", "b", "c"], [1, 2, 3], s_turn));
        Assert.Throws<ArgumentException>(() => ImagePermutation.Apply(["a", "b"], [0, 1], [0, 0]));
    }

    [Fact]
    public void A_permutation_and_its_inverse_restore_images_and_label()
    {
        Example there = ImagePermutation.On(Choice(), [1, 2, 3], s_turn), back = ImagePermutation.On(there, [1, 2, 3], ImagePermutation.Inverse(s_turn));

        Assert.Equal(('B', "B"), (Letter(there), there.Answer));
        Assert.NotEqual(Choice().Images.Select(Byte), there.Images.Select(Byte));
        Assert.Equal(Choice().Images.Select(Byte), back.Images.Select(Byte));
        Assert.Equal(('A', "A"), (Letter(back), back.Answer));
        Example still = ImagePermutation.On(Choice(), [1, 2, 3], [0, 1, 2]);
        Assert.Equal(Choice().Images, still.Images);
        Assert.Equal('A', Letter(still));
    }

    // The image with byte 10 is the right one. Who looks for it is always right; who says A is right a third of the time, as before.
    [Fact]
    public void Who_looks_is_right_in_every_order_and_who_says_one_letter_a_third_of_the_time()
    {
        (int looks, int says) = (0, 0);
        for (int i = 0; i < 600; i++)
        {
            Example moved = ImagePermutation.On(Choice(), 1, new(3, "permutation", i));
            looks += Letter(moved) == 'A' + moved.Images.Skip(1).Select(Byte).ToList().IndexOf(10) ? 1 : 0;
            says += Letter(moved) == 'A' ? 1 : 0;
            Assert.Equal(99, Byte(moved.Images[0]));
        }

        Assert.Equal(600, looks);
        Assert.InRange(says, 200 - 46, 200 + 46);
    }

    // Images 1, 2, 3 in the right order c a b: option (2, 0, 1). Arranged so that (0, 1, 2) is right they are c a b.
    [Fact]
    public void A_question_of_order_is_arranged_so_that_another_option_is_right()
    {
        Assert.Equal(["c", "a", "b"], ImagePermutation.Arrange(["a", "b", "c"], [2, 0, 1], [0, 1, 2]));
        Assert.Equal(["a", "b", "c"], ImagePermutation.Arrange(["a", "b", "c"], [2, 0, 1], [2, 0, 1]));
    }

    // Step 25 of 100: linear .75, pow 1 - .25^.5 = .5, exp 1 - .5^75; in a warm-up of 50 steps half of these.
    [Theory]
    [InlineData(PermutationDecay.Linear, 0.75)]
    [InlineData(PermutationDecay.Pow, 0.5)]
    [InlineData(PermutationDecay.Exp, 1.0)]
    [InlineData(PermutationDecay.None, 1.0)]
    public void The_probability_falls_and_warms_up(PermutationDecay decay, double probability)
    {
        Assert.Equal(probability, ImagePermutation.Probability(25, 100, decay), 1e-12);
        Assert.Equal(probability / 2, ImagePermutation.Probability(25, 100, decay, warmup: 0.5), 1e-12);
        Assert.Equal(decay == PermutationDecay.None ? 1 : 0, ImagePermutation.Probability(100, 100, decay), 1e-12);
    }

    [Fact]
    public void A_truth_that_no_option_stands_for_stays()
    {
        Example count = Choice() with { Truth = new Truth.Number(2), Answer = "2" };
        Assert.Equal(new Truth.Number(2), ImagePermutation.On(count, [1, 2, 3], s_turn).Truth);
        Example single = Choice() with { Images = [.. Choice().Images.Take(1)] };
        Assert.Same(single, ImagePermutation.On(single, 0, new(1, "x")));
    }

    private static char Letter(Example example) => ((Truth.Choice)example.Truth).Letter;

    private static byte Byte(ImageSource image) => s_bytes[Array.FindIndex(s_images, known => ReferenceEquals(known, image))];

    private static Example Choice() => new("e", "compare", s_images,
        [Message.User("Which is like the first?", 4)], new Truth.Choice('A', ["first", "second", "third"]), "A");
}
