using Vlm.Rewards;

namespace Vlm.Datasets;

/// <summary>A button of a window: what a press is for.</summary>
/// <param name="Icon">What is drawn on it.</param>
/// <param name="Box">Its edges in pixels.</param>
public sealed record ScreenButton(Item Icon, Box Box);

/// <summary>A screen with one window: a bar, and buttons below it.</summary>
/// <param name="Size">Width and height of the screen in pixels.</param>
/// <param name="Window">Edges of the window.</param>
/// <param name="BarHeight">Pixels of the window's bar.</param>
/// <param name="Buttons">No two have an icon of one colour and shape, and no two touch.</param>
/// <param name="Ground">Colour of what is behind the window, 0xRRGGBB.</param>
public sealed record Screen(int Size, Box Window, int BarHeight, IReadOnlyList<ScreenButton> Buttons, int Ground)
{
    /// <summary>The split this screen may appear in: that of its icons, wherever they stand.</summary>
    public Split Split => Splits.Of("screen " + new Scene(Size, [.. Buttons.Select(button => button.Icon)], 0).Signature);
}
