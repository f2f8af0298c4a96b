using System.Globalization;
using Vlm.Rewards;

namespace Vlm.Datasets;

/// <summary>
/// Instructions about generated screens: a window with buttons, of which one is to be pressed. The answer is the button's box. Everything
/// follows from (seed, split, index).
/// </summary>
/// <remarks>
/// A small stand-in for the grounding data of GUI agents, such as ScreenSpot (Cheng et al. 2024, arXiv:2401.10935): a button is named by its
/// icon, and its box is larger than the icon. Splits share no collection of icons.
/// </remarks>
public static class Screens
{
    /// <summary>The only kind of question.</summary>
    public const string Kind = "press";

    private const int Canvas = 64, Attempts = 1000;

    /// <summary>Whether the middle of the answered box is in the button: what a click needs, as ScreenSpot counts it.</summary>
    public static Reward Hit => Reward.Table["center_in_box"];

    /// <summary>The example at an index.</summary>
    /// <param name="seed">Any number.</param>
    /// <param name="split">Which screens.</param>
    /// <param name="index">From 0.</param>
    /// <param name="size">Width and height of the screen: a multiple of 64 pixels.</param>
    public static Example Example(long seed, Split split, long index, int size = Canvas)
    {
        (Screen screen, ScreenButton button, RandomStream random) = Asked(seed, split, index, size);
        string name = new Filter(null, button.Icon.Appearance.Color, button.Icon.Appearance.Shape).Noun;
        string text = ShapesQuestions.Fill(ShapesQuestions.Say(random, "Press the {0}.", "Where is the {0}? Give its box."), name);
        return new(Id(seed, split, index), Kind, [ImageSource.FromDrawing(() => Draw(screen))], [Message.User(text, 1)],
            new Truth.Region(button.Box, Frame.OriginalPixels, size, size), Written(button.Box))
        {
            Rewards = new RewardSet([new(Reward.Table["gui_g1"], 1)], Hit),
        };
    }

    /// <summary>The screen at an index.</summary>
    /// <inheritdoc cref="Example"/>
    public static Screen Screen(long seed, Split split, long index, int size = Canvas) => Asked(seed, split, index, size).Screen;

    /// <summary>The pixels of a screen.</summary>
    public static Images.RgbImage Draw(Screen screen) => ScreenLayout.Draw(screen);

    private static (Screen Screen, ScreenButton Button, RandomStream Random) Asked(long seed, Split split, long index, int size)
    {
        if (size < Canvas || size % Canvas != 0)
            throw new UsageException($"a screen of {size} pixels; it needs a multiple of {Canvas}", $"size = {size}", $"size = {Canvas}");
        var random = new RandomStream(seed, "screens", (long)split, index);
        for (int attempt = 0; attempt < Attempts; attempt++)
            if (ScreenLayout.Random(random, size) is var screen && screen.Split == split)
                return (screen, random.Pick(screen.Buttons), random);
        throw new InvalidOperationException($"no screen of the {split} split in {Attempts} attempts");
    }

    private static string Id(long seed, Split split, long index) => string.Create(
        CultureInfo.InvariantCulture, $"screens-{split.ToString().ToLowerInvariant()}-{seed}-{index}");

    private static string Written(Box box) => string.Create(CultureInfo.InvariantCulture, $"[{box.X1:0},{box.Y1:0},{box.X2:0},{box.Y2:0}]");
}
