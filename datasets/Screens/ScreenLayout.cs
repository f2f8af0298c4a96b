using Vlm.Rewards;

namespace Vlm.Datasets;

/// <summary>Lays out and draws screens.</summary>
internal static class ScreenLayout
{
    private const int Line = 0x8C94A0, Bar = 0xB4C0D2, Pane = 0xF6F6F6, Face = 0xDADEE4;
    private const int Columns = 3, Rows = 2, Canvas = 64;

    /// <summary>A screen at random: a window of up to six buttons, of two sizes.</summary>
    public static Screen Random(RandomStream random, int size)
    {
        int unit = size / Canvas, bar = 7 * unit;
        int width = random.Between(54, 60) * unit, height = random.Between(48, 56) * unit;
        int left = random.Between(1, size - width - 1), top = random.Between(1, size - height - 1);
        var window = new Box(left, top, left + width, top + height);
        int[] cells = [.. Enumerable.Range(0, Columns * Rows)];
        random.Shuffle<int>(cells);
        var seen = new HashSet<(Color, Shape)>();
        ScreenButton[] buttons = [.. cells.Take(random.Between(3, Columns * Rows)).Select(cell => Button(random, window, bar, cell, unit, seen))];
        return new(size, window, bar, buttons, random.Pick((int[])[0xD2E0EA, 0xE0EAD8, 0xEADFD2]));
    }

    /// <summary>The pixels of a screen.</summary>
    public static Images.RgbImage Draw(Screen screen)
    {
        var pixels = new byte[screen.Size * screen.Size * 3];
        Box window = screen.Window;
        Fill(new(0, 0, screen.Size, screen.Size), screen.Ground);
        Fill(window, Line);
        Fill(new(window.X1 + 1, window.Y1 + 1, window.X2 - 1, window.Y2 - 1), Pane);
        Fill(new(window.X1 + 1, window.Y1 + 1, window.X2 - 1, window.Y1 + screen.BarHeight), Bar);
        int side = screen.BarHeight - 3;
        ShapesDrawing.Paint(pixels, screen.Size, new(new(Datasets.Size.Small, Color.Black, Shape.Cross),
            (int)window.X2 - side - 2, (int)window.Y1 + 2, side, 0));
        foreach (ScreenButton button in screen.Buttons)
        {
            Fill(button.Box, Line);
            Fill(new(button.Box.X1 + 1, button.Box.Y1 + 1, button.Box.X2 - 1, button.Box.Y2 - 1), Face);
            ShapesDrawing.Paint(pixels, screen.Size, button.Icon);
        }

        return new(screen.Size, screen.Size, pixels);

        void Fill(Box box, int color) => ShapesDrawing.Fill(pixels, screen.Size, box, color);
    }

    // A button somewhere in its cell of the window.
    private static ScreenButton Button(RandomStream random, Box window, int bar, int cell, int unit, HashSet<(Color, Shape)> seen)
    {
        int cellWidth = ((int)(window.X2 - window.X1) - 2) / Columns, cellHeight = ((int)(window.Y2 - window.Y1) - bar - 2) / Rows;
        int width = random.Between(13, 16) * unit, height = random.Between(13, 18) * unit;
        int x = (int)window.X1 + 1 + (cell % Columns * cellWidth) + random.Next(cellWidth - width);
        int y = (int)window.Y1 + bar + 1 + (cell / Columns * cellHeight) + random.Next(cellHeight - height);
        Appearance icon;
        do
            icon = Appearances.Any(random) with { Size = Size.Small };
        while (!seen.Add((icon.Color, icon.Shape)));
        int side = 9 * unit;
        return new(new(icon, x + ((width - side) / 2), y + ((height - side) / 2), side, 0), new(x, y, x + width, y + height));
    }
}
